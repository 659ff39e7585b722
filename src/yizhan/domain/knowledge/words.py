"""The events of knowledge as sentences for the timeline."""

from yizhan.kernel.text import Text

WORDS: dict[str, Text] = {
    "knowledge.article_written": Text(
        "撰写知识 {article}，第 {version} 版", "Article {article} written, version {version}"
    ),
    "knowledge.article_used": Text("用知识 {article} 解答", "Answered with article {article}"),
    "knowledge.answer_missing": Text("知识库没有答案：{question}", "No answer found: {question}"),
}
